"""How far targets reach into the future: which later rows they are made of, so that a split by time can leave out."""

"""What each rule of the grammar makes: the nodes of `mldsl.syntax.tree`."""

// Whether a `.ml` file is mldsl's or OCaml's: both use that ending, and only the text tells.
"use strict";

const NAME = "(?:[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*|`[^`\\n]+`)";

// Declarations at a line's start that OCaml cannot have there.
const MLDSL = new RegExp(
  "^(?:" +
    [
      `pipeline\\s+${NAME}\\s*(?:\\{|#|;|$)`,
      `import\\s+"[^"\\n]*"`,
      `param\\s+${NAME}\\s*:\\s*\\w`,
      `source\\s+${NAME}\\s*=\\s*\\w+\\s*\\(`,
      `check\\s+${NAME}\\s*\\{`,
      `transform\\s+${NAME}\\s*=`,
      `split\\s+${NAME}\\s*=`,
      `model\\s+${NAME}\\s*=\\s*(?:predict|cluster|detect)\\b`,
      `evaluate\\s+${NAME}\\s+on\\b`,
      `deploy\\s+${NAME}\\s*=`,
      `monitor\\s+${NAME}\\s*=`,
      `profile\\s+${NAME}\\s*\\{`,
    ].join("|") +
    ")",
  "m",
);

// What begins a line of OCaml, or one of its comments, and no line of mldsl.
const OCAML = /^\s*(?:\(\*|let\b|open\s+[A-Z]|module\s+[A-Z]|type\s+|exception\s+[A-Z]|external\s+|val\s+|;;)/m;

// How much of a file is looked at, in characters.
const ENOUGH = 20000;

function isMldsl(text) {
  const start = text.slice(0, ENOUGH);
  const outside = start.replace(/"""[\s\S]*?(?:"""|$)/g, '""');
  return MLDSL.test(outside) && !OCAML.test(outside);
}

module.exports = { isMldsl };

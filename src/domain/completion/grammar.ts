// What can be typed, as data: the tree of commands that completion walks. Pure.

export interface GrammarOption {
  /** "--agent", also for one that is written "--no-enter". */
  long: string;
  short: string | undefined;
  description: string;
  /** What follows it: nothing, perhaps a word, one word, or several. */
  takes: "nothing" | "perhaps" | "one" | "several";
  choices: readonly string[] | undefined;
}

export interface GrammarArgument {
  name: string;
  variadic: boolean;
  choices: readonly string[] | undefined;
}

export interface Grammar {
  /** The words that lead here: "trash drop"; "" for the program itself. */
  path: string;
  name: string;
  description: string;
  options: readonly GrammarOption[];
  arguments: readonly GrammarArgument[];
  commands: readonly Grammar[];
}

// What the VM said, before anything has looked at it: it cannot get into an argument, a path or a url by mistake. Pure.

declare const unchecked: unique symbol;
/** No string: the compiler refuses it where one is wanted, and what makes one of it (a template, a join) throws. */
export interface FromGuest {
  readonly [unchecked]: true;
}

const texts = new WeakMap<object, string>();

const refuse = (): never => {
  throw new TypeError("what the VM said must be parsed before it is used");
};

export function fromGuest(text: string): FromGuest {
  const sealed = Object.freeze({ toString: refuse, toJSON: refuse, [Symbol.toPrimitive]: refuse });
  texts.set(sealed, text);
  return sealed as unknown as FromGuest;
}

/**
 * The only way out. A parser takes what it knows by an allowlist and throws, or leaves out, the rest; the structure
 * test names the parsers, so that nobody adds one unseen.
 */
export const parsed = <T>(said: FromGuest, parser: (text: string) => T): T =>
  parser(texts.get(said) ?? refuse());

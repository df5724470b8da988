// A part of a text that is kept for long, without the text around it. Pure.

/** From this length on a part of a string holds on to the whole. */
const SLICED = 13;

/** The same text, for who keeps it: a part of what was read would hold all that came with it in memory. */
export const kept = (text: string): string =>
  text.length < SLICED ? text : Buffer.from(text, "latin1").toString("latin1");

// Reads the frame around what OBSERVE tells of several workspaces. All of it is a stranger's, as in parse.ts. Pure.
import type { Overview } from "./observation.ts";
import { notUnderstood, parseObservation, textOf } from "./parse.ts";

/** What OBSERVE tells: names, and for each record its name and bytes. */
export interface Told {
  names: string[];
  records: Map<string, string>;
}

/** The frame around OBSERVE's records. */
export function parseTold(answer: string): Told {
  const names: string[] = [];
  const sizes: [string, number][] = [];
  let at = 0;
  const next = (): string => {
    const end = answer.indexOf("\0", at);
    if (end < 0) throw notUnderstood("it is cut off");
    const field = answer.slice(at, end);
    at = end + 1;
    return field;
  };
  for (let field = next(); field !== "=observations"; field = next()) {
    if (!field.startsWith("n/")) throw notUnderstood(field);
    names.push(textOf(field.slice(2)));
  }
  for (let name = next(); name !== "=facts"; name = next()) {
    const size = next();
    if (!/^\d{1,9}$/.test(size)) throw notUnderstood(size);
    sizes.push([name, Number(size)]);
  }
  const records = new Map<string, string>();
  for (const [name, size] of sizes) {
    records.set(name, answer.slice(at, at + size));
    at += size;
  }
  if (answer.slice(at) !== "=end\0") throw notUnderstood("it is cut off");
  return { names, records };
}

/** The answer of OBSERVE. */
export function parseOverview(answer: string): Overview {
  return overviewOf(parseTold(answer));
}

export const overviewOf = ({ names, records }: Told): Overview => ({
  names,
  observations: new Map([...records].map(([name, record]) => [name, parseObservation(record)])),
});

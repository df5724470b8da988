// The only importer of yaml. Static here and loaded lazily as a whole: bundled, the library has no named exports
// for a dynamic import.
import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  type YAMLMap,
} from "yaml";

export { parse as parseYaml, parseDocument } from "yaml";

export type YamlPath = readonly PropertyKey[];

export interface YamlFile {
  /** What the file says; undefined when it is empty or damaged. */
  value: unknown;
  /** Why it is no YAML, each with its line. */
  problems: readonly { line: number; message: string }[];
  /** The line where the key or item stands, or the nearest above it that is there. */
  lineOf(path: YamlPath): number | undefined;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    // What follows is the line itself, which may hold a secret.
    message: (error.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
  }));
  const told = (): unknown => {
    if (problems.length > 0) return undefined;
    try {
      return document.toJS();
    } catch (error) {
      // Aliases of aliases: small files that would fill the memory.
      problems.push({ line: 1, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const value = told();
  const lineAt = (offset: number | undefined) =>
    offset === undefined ? undefined : lines.linePos(offset).line;
  return { value, problems, lineOf: (path) => lineAt(offsetOf(document.contents, path)) };
}

function offsetOf(start: unknown, path: YamlPath): number | undefined {
  let node = start;
  let offset: number | undefined;
  for (const step of path) {
    const pair = isMap(node) ? pairOf(node, step) : undefined;
    const next = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    const place = pair ? pair.key : next;
    if (!isNode(place)) break;
    offset = place.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

const pairOf = (map: YAMLMap, key: PropertyKey) =>
  map.items.find((pair) => String(isNode(pair.key) ? pair.key.toJSON() : pair.key) === String(key));

/** Lines are never folded: what the user wrote on one stays on one. */
const FORM = { lineWidth: 0, flowCollectionPadding: true };

/**
 * The text with one value changed; comments, order and the other values stay, byte by byte where the place allows it.
 * The text must be valid.
 */
export function setInYaml(text: string, path: readonly string[], value: unknown): string {
  const document = parseDocument(text);
  const here = placeIn(text, document, path, value);
  setInDocument(document, path, value);
  const whole = document.toString(FORM);
  return here !== undefined && says(here, document.toJS()) ? here : whole;
}

/** Only the value's own bytes changed, or a line put to the end; undefined where neither can be. */
function placeIn(text: string, document: Document, path: readonly string[], value: unknown) {
  const node = document.getIn(path, true);
  if (isScalar(node) && node.range && node.range[1] > node.range[0] && !isObject(value))
    return text.slice(0, node.range[0]) + stringify(value, FORM).trimEnd() + text.slice(node.range[1]);
  const { contents } = document;
  if (!isMap(contents) || contents.flow || document.has(path[0])) return undefined;
  const lines = stringify(
    path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value),
    FORM,
  );
  return `${text}${text.endsWith("\n") ? "" : "\n"}${lines}`;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function says(text: string, value: unknown): boolean {
  const read = parseDocument(text);
  return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), value);
}

function setInDocument(document: Document, path: readonly string[], value: unknown): void {
  if (document.toJS() === null) document.contents = document.createNode({}) as never;
  const before = document.getIn(path, true);
  // A key without a value has no map to put anything into.
  for (let length = 1; length < path.length; length++) {
    const above = path.slice(0, length);
    if (document.getIn(above) === null) document.setIn(above, document.createNode({}));
  }
  const node = document.createNode(value);
  if ((isMap(before) || isSeq(before)) && (isMap(node) || isSeq(node))) {
    node.flow = before.flow === true;
    if (before.comment) node.comment = before.comment;
  }
  document.setIn(path, isScalar(before) && isScalar(node) ? value : node);
}

/** The text without a value, and without the maps that this leaves empty. */
export function unsetInYaml(text: string, path: readonly string[]): string {
  const document = parseDocument(text);
  let gone = path;
  while (gone.length > 1 && isLast(document.getIn(gone.slice(0, -1), true))) gone = gone.slice(0, -1);
  const lines = withoutLines(text, document, gone);
  document.deleteIn(gone);
  const left = document.toJS();
  const whole = left === null || Object.keys(left).length === 0 ? "{}\n" : document.toString(FORM);
  // Comments alone are a file that says nothing.
  const same = lines !== undefined && (says(lines, left) || (whole === "{}\n" && says(lines, null)));
  return same ? lines : whole;
}

const isLast = (map: unknown): boolean => isMap(map) && map.items.length === 1;

/** The lines of one key cut out; undefined when it shares its line. */
function withoutLines(text: string, document: Document, path: readonly string[]): string | undefined {
  const above = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(above) ? pairOf(above, path.at(-1) ?? "") : undefined;
  const [start] = (isNode(pair?.key) && pair.key.range) || [];
  const [, , end] = (isNode(pair?.value) && pair.value.range) || [];
  if (start === undefined || end === undefined) return undefined;
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  if (text.slice(begin, start).trim() !== "") return undefined;
  const after = text[end - 1] === "\n" ? end : text.indexOf("\n", end) + 1 || text.length;
  return text.slice(0, begin) + text.slice(after);
}

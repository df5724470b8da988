// The only importer of yaml. Static here and loaded lazily as a whole: bundled, the library has no named exports
// for a dynamic import.
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml";

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
const written = (document: Document): string =>
  document.toString({ lineWidth: 0, flowCollectionPadding: true });

/** The text with one value changed; comments, order and the other values stay. The text must be valid. */
export function setInYaml(text: string, path: readonly string[], value: unknown): string {
  const document = parseDocument(text);
  if (document.contents === null || (!isMap(document.contents) && isEmpty(document)))
    document.contents = document.createNode({}) as never;
  const before = document.getIn(path, true);
  // A key without a value has no map to put anything into.
  for (let length = 1; length < path.length; length++)
    if (document.getIn(path.slice(0, length)) === null)
      document.setIn(path.slice(0, length), document.createNode({}));
  if (typeof value !== "object" || value === null) document.setIn(path, value);
  else {
    const node = document.createNode(value);
    if ((isMap(before) || isSeq(before)) && (isMap(node) || isSeq(node))) {
      node.flow = before.flow === true;
      if (before.comment) node.comment = before.comment;
    }
    document.setIn(path, node);
  }
  return written(document);
}

const isEmpty = (document: Document): boolean => document.toJS() === null;

/** The text without a value, and without the maps that this leaves empty. */
export function unsetInYaml(text: string, path: readonly string[]): string {
  const document = parseDocument(text);
  document.deleteIn(path);
  for (let length = path.length - 1; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length), true);
    if (isMap(parent) && parent.items.length === 0) document.deleteIn(path.slice(0, length));
  }
  if (isMap(document.contents) && document.contents.items.length === 0) {
    // "{}" would be all that is left; a comment is kept.
    const { commentBefore, comment } = document.contents;
    const kept = [document.commentBefore, commentBefore, comment, document.comment]
      .filter(Boolean)
      .join("\n");
    return kept === ""
      ? ""
      : `${kept
          .split("\n")
          .map((line) => (line === "" ? "" : `#${line}`))
          .join("\n")}\n`;
  }
  return written(document);
}

// Takes out of a text what a report must not have: secrets, by value and by shape, and names of the user and the host. Pure.
import { createPlainText } from "../../guard/plain-text.ts";
import { printable } from "../../guard/sanitize.ts";
import { findSecrets } from "../scan/match.ts";
import { RULES } from "../scan/rules.ts";
import type { StandIn } from "./stand-ins.ts";

const MAX_LINE = 500;

/** The text as lines that are safe to show and to send. What wrote it may be the VM. */
export function redact(text: string, standIns: readonly StandIn[]): string {
  let clean = seen(text);
  for (const one of standIns) if (!one.word) clean = clean.replaceAll(one.value, one.shown);
  clean = withoutShapes(clean);
  for (const one of standIns) if (one.word) clean = clean.replace(wordOf(one.value), one.shown);
  clean = clean.replace(WORKSPACE, "$1<workspace>");
  // Not before: half a secret is found by nobody.
  return printable(clean)
    .split("\n")
    .map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line))
    .join("\n");
}

/** As a terminal would show it: sequences, and what is not seen, could stand within a secret. */
function seen(text: string): string {
  const lines: string[] = [];
  const plain = createPlainText((line) => lines.push(line));
  plain.take(Buffer.from(text));
  plain.end();
  return withoutKeys(lines)
    .join("\n")
    .replace(/[^\P{Cc}\n\t]|\p{Default_Ignorable_Code_Point}/gu, "");
}

const KEY = "PRIVATE KEY(?: BLOCK)?-----";
const BEGIN = new RegExp(`-----BEGIN [A-Z0-9 ]{0,40}${KEY}`);
const END = new RegExp(`-----END [A-Z0-9 ]{0,40}${KEY}`);
/** Lines of the longest key. */
const MAX_KEY = 150;

/** Without private keys, also with a log's own words before each line, and those whose head or end is not there. */
function withoutKeys(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let inKey = 0;
  for (const line of lines) {
    const begins = BEGIN.test(line);
    const ends = END.test(line);
    if (ends && inKey === 0 && !begins) kept.length = Math.max(0, kept.length - MAX_KEY);
    if (begins || (ends && inKey === 0)) kept.push("<private key>");
    else if (inKey === 0) kept.push(line);
    inKey = ends ? 0 : begins ? MAX_KEY : Math.max(0, inKey - 1);
  }
  return kept;
}

const wordOf = (value: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${value.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "giu");

/** Every repetition has a bound: the VM writes what is read. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /\b((?:proxy-)?authorization|cookie|set-cookie|x-[a-z-]{0,30}(?:key|token))(["']?\s{0,3}[:=]\s{0,3})[^\n]{1,2000}/gi,
    "$1$2<secret>",
  ],
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,300}@/gi, "$1<user>@"],
  [
    /\b([\w-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|credential)s?)(["']?\s{0,3}[:=]\s{0,3})(?!<)["']?[^\s"',;<>]{4,2000}["']?/gi,
    "$1$2<secret>",
  ],
  [
    /([?&][\w-]{0,30}(?:key|sig|signature|token|code|auth|credential)[\w-]{0,20}=)[^&\s"'<>]{4,2000}/gi,
    "$1<secret>",
  ],
  [/\b(Bearer|Basic)\s{1,3}[A-Za-z0-9._~+/=-]{8,4000}/gi, "$1 <secret>"],
  // What a key's lines look like without its head, and tokens in another dress; a checksum has small letters alone.
  [
    /(?<![A-Za-z0-9+/])(?=[a-z0-9+/]{0,200}[A-Z])(?=[A-Z0-9+/]{0,200}[a-z])(?=[A-Za-z+/]{0,200}[0-9])[A-Za-z0-9+/]{40,4000}={0,2}/g,
    "<encoded text>",
  ],
  [/\bgit@[\w.-]{1,200}:[^\s"'<>]{1,300}/g, "<git address>"],
  [/\b(?:ssh|git):\/\/[^\s"'<>]{1,300}/g, "<git address>"],
  [/\bhttps?:\/\/[^\s"'<>]{1,300}\.git\b/g, "<git address>"],
  [
    /\b(https?:\/\/(?:github\.com|gitlab\.com|bitbucket\.org)\/)[\w.-]{1,100}\/[\w.-]{1,100}/g,
    "$1<repository>",
  ],
  [
    /\b[\w.+-]{1,100}@(?!.{0,100}\.(?:service|socket|slice|scope|target|mount|timer)\b)[\w-]{1,100}(?:\.[\w-]{1,63}){1,5}\b/g,
    "<address>",
  ],
  [/(\/(?:home|Users)\/)(?!(?:agent|vmadmin)(?![\w.-]))[^\s/"':,;<>]{1,100}/g, "$1<user>"],
];

/** One that is not known any more, or is another VM's. */
const WORKSPACE =
  /((?:\/home\/agent|~|\$HOME|\.agent-vm-mounts(?:\/[^\s/<>]{1,100})?)\/workspace\/)[^\s/"'`:,;()<>]{1,200}/g;

function withoutShapes(text: string): string {
  const shaped = SHAPES.reduce((rest, [pattern, shown]) => rest.replace(pattern, shown), text);
  const found = findSecrets(Buffer.from(shaped));
  // A value is bytes, one character each; the longest first.
  const values = found
    .map(({ rule, value }) => ({ rule, value: Buffer.from(value, "latin1").toString() }))
    .filter(({ value }) => value.trim() !== "")
    .sort((one, other) => other.value.length - one.value.length);
  return values.reduce((rest, { rule, value }) => rest.replaceAll(value, `<${rule}>`), shaped);
}

const isToken = (shown: string): boolean => /^<[^<>]+>$/.test(shown);
const OURS = [
  ...SHAPES.flatMap(([, shown]) => shown.match(/<[^<>]+>/g) ?? []),
  "<private key>",
  "<workspace>",
];

/**
 * What a finished report still has of the values that it must not have: nothing, or it is not written. Our own stand-ins
 * do not count: a branch may be called "branch".
 */
export function leftIn(report: string, standIns: readonly StandIn[]): StandIn[] {
  const ours = new Set([
    ...OURS,
    ...RULES.map(({ id }) => `<${id}>`),
    ...standIns.map(({ shown }) => shown).filter(isToken),
  ]);
  const text = [...ours].reduce((rest, shown) => rest.replaceAll(shown, "\n"), report);
  return standIns.filter(({ value, word }) => (word ? wordOf(value).test(text) : text.includes(value)));
}

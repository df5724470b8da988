// How long sessions may take to end, as an option of the commands that end them.
import { InvalidArgumentError } from "commander";

export function graceSeconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It is a number of seconds.");
  return Number(text);
}

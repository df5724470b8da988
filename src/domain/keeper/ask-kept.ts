// A question to a keeper that is there: found, or started first.
import { Interrupted, UserError } from "../../errors.ts";
import { askKeeper, isSilence } from "./ask.ts";
import { ensureKeeper, type KeeperHost } from "./ensure.ts";
import type { Answer, Question } from "./messages.ts";

/**
 * Asks once more when the first was about to end, having nothing to keep. Throws UserError (3) when none comes up, an
 * Interrupted, or the system's error; `start`: false asks the one that is there.
 */
export async function askKept(host: KeeperHost, question: Question, start = true): Promise<Answer> {
  const ask = async () => {
    if (start) await ensureKeeper(host);
    return askKeeper(host.paths, question, host.signal);
  };
  const explained = (error: unknown): never => {
    throw host.signal.aborted ? new Interrupted() : error;
  };
  return ask()
    .catch((error: unknown) => {
      // One that took the question and said nothing would be waited for again.
      const isFinal = host.signal.aborted || error instanceof UserError || isSilence(error);
      return isFinal ? explained(error) : ask();
    })
    .catch(explained);
}

// Asks the keeper one question over its socket.
import { connect } from "node:net";
import type { Paths } from "../paths.ts";
import { type Answer, answerSchema, type Question } from "./messages.ts";
import { controlSocket, livingKeeper } from "./record.ts";

/** Milliseconds for an answer; what needs a connection into the VM waits for it. */
const PATIENCE = 45_000;
const SLOW: readonly Question["ask"][] = ["open", "proxy", "forward", "unforward"];
const GLANCE = 2_000;

const SILENT = "ETIMEDOUT";

/** It took the question and gave no answer in time; to ask again would be to wait again. */
export const isSilence = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === SILENT;

/** Throws the system's error, or one of form, when the keeper is not there, does not answer in time, or `signal` aborts. */
export function askKeeper(paths: Paths, question: Question, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: controlSocket(paths), ...(signal && { signal }) });
    let text = "";
    socket.setTimeout(SLOW.includes(question.ask) ? PATIENCE : GLANCE, () =>
      socket.destroy(Object.assign(new Error("the keeper does not answer"), { code: SILENT })),
    );
    socket.on("connect", () => socket.write(`${JSON.stringify(question)}\n`));
    socket.on("data", (bytes) => (text += String(bytes)));
    socket.on("error", reject);
    socket.on("close", () => {
      try {
        resolve(answerSchema.parse(JSON.parse(text)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** What the keeper is doing now; undefined when there is none. */
export async function keeperStatus(paths: Paths): Promise<({ pid: number } & Partial<Answer>) | undefined> {
  const living = await livingKeeper(paths);
  if (living === undefined) return undefined;
  const answer = await askKeeper(paths, { ask: "status" }).catch(() => ({}));
  return { pid: living.pid, ...answer };
}

/** Ends the keeper, when there is one: its sessions are over with the VM. */
export async function endKeeper(paths: Paths): Promise<void> {
  if ((await livingKeeper(paths)) !== undefined)
    await askKeeper(paths, { ask: "end" }).catch(() => undefined);
}

// The keeper's door for commands of the same user: one question, one answer, on a socket nobody else can open.
import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { type Answer, type Question, questionSchema } from "./messages.ts";

const MAX_QUESTION = 1024 * 1024;

export function createControl(answer: (question: Question) => Promise<Answer>): Server {
  return createServer((socket: Socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      text += String(bytes);
      if (text.length > MAX_QUESTION) socket.destroy();
      if (!text.endsWith("\n")) return;
      const question = questionSchema.safeParse(parsed(text));
      text = "";
      if (!question.success) socket.destroy();
      else
        answer(question.data).then(
          (said) => socket.end(JSON.stringify(said)),
          () => socket.destroy(),
        );
    });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** On a socket for the user alone. One that a dead keeper left is in the way; its directory is the user's own. */
export async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  await chmod(path, 0o600);
}

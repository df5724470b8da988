// The topics of `agent-vm help`, one file each in common/help, read when they are asked for.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { renderTopic } from "./render.ts";
import { TOPICS, type Topic } from "./topic-names.ts";

export const isTopic = (text: string): text is Topic => (TOPICS as readonly string[]).includes(text);

export async function topicText(programDir: string, topic: Topic, columns: number): Promise<string> {
  return renderTopic(await readFile(join(programDir, "common/help", `${topic}.txt`), "utf8"), columns);
}

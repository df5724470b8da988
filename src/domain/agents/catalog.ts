// The agents that agent-vm knows, one file each in common/agents.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { EXIT, UserError } from "../../errors.ts";

/** A path below the agent's home, or a piece of text: each is one word of a line. */
const word = z.string().check(z.regex(/^[^\0\n\t]+$/));
const argv = z.array(word).check(z.minLength(1));

const schema = z.strictObject({
  title: z.string(),
  command: word,
  /** No agent: a program that agents use. */
  tool: z._default(z.boolean(), false),
  login: argv,
  credentials: z.array(z.strictObject({ path: word, contains: z.optional(word) })),
  variables: z.array(z.string()),
  google: z.optional(z.string()),
  provider: z.optional(z.string()),
});

export type Agent = z.infer<typeof schema> & { name: string };

/** By name; tools after the agents. */
export async function loadAgents(programDir: string): Promise<Agent[]> {
  const { parseYaml } = await import("../../io/yaml.ts");
  const directory = join(programDir, "common/agents");
  const files = (await readdir(directory)).filter((file) => file.endsWith(".yaml")).sort();
  const all = await Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.yaml$/, ""),
      ...schema.parse(parseYaml(await readFile(join(directory, file), "utf8"))),
    })),
  );
  return all.sort((one, other) => Number(one.tool) - Number(other.tool));
}

/** Throws UserError (2) with the names there are. */
export function findAgent(agents: readonly Agent[], name: string): Agent {
  const found = agents.find((agent) => agent.name === name);
  if (found) return found;
  throw new UserError(`No agent is called "${name}".`, {
    hint: `There are: ${agents.map((agent) => agent.name).join(", ")}`,
    exit: EXIT.usage,
  });
}

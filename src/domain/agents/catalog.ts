// The agents that agent-vm knows, one file each in common/agents.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";

/** A path below the agent's home, or a piece of text: each is one word of a line. */
const word = z.string().check(z.regex(/^[^\0\n\t]+$/));
const argv = z.array(word).check(z.minLength(1));

const schema = z.strictObject({
  title: z.string(),
  command: word,
  /** No agent: a program that agents use. */
  tool: z._default(z.boolean(), false),
  login: z.optional(argv),
  credentials: z._default(z.array(z.strictObject({ path: word, contains: z.optional(word) })), []),
  variables: z._default(z.array(z.string()), []),
  google: z.optional(z.string()),
  provider: z.optional(z.string()),
  /** The states that its own hooks tell; any other is a guess. */
  reports: z._default(z.array(z.enum(["working", "waiting"])), []),
  /** How it is run with a prompt; "{prompt}" stands for it. */
  run: z.optional(
    z.strictObject({ once: z.optional(argv), talk: z.optional(argv), resume: z.optional(argv) }),
  ),
});

export type Agent = z.infer<typeof schema> & { name: string };

/**
 * By name; tools after the agents. The user's own files come before ours of the same name. Throws UserError (2) for one
 * of the user's that says something else than an agent.
 */
export async function loadAgents(host: Pick<Context, "programDir" | "paths">): Promise<Agent[]> {
  const ours = await readAgents(join(host.programDir, "common/agents"));
  const users = await readAgents(join(dirname(host.paths.configFile), "agents"));
  const all = new Map([...ours, ...users].map((agent) => [agent.name, agent]));
  return [...all.values()].sort(
    (one, other) => Number(one.tool) - Number(other.tool) || (one.name < other.name ? -1 : 1),
  );
}

async function readAgents(directory: string): Promise<Agent[]> {
  const { parseYaml } = await import("../../io/yaml.ts");
  const files = (await readdir(directory).catch(() => [])).filter((file) => /^[a-z0-9-]+\.yaml$/.test(file));
  return Promise.all(
    files.map(async (file) => {
      const path = join(directory, file);
      const read = schema.safeParse(parseYaml(await readFile(path, "utf8")));
      if (read.success) return { name: file.replace(/\.yaml$/, ""), ...read.data };
      throw new UserError(`${path} describes no agent.`, {
        details: read.error.issues.map((issue) => `${issue.path.join(".") || "file"}: ${issue.message}`),
        hint: "The agents that agent-vm brings are described the same way, in common/agents.",
        exit: EXIT.usage,
      });
    }),
  );
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

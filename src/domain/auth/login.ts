// `auth login`: an agent's own login, run in the VM on the user's terminal, and a look at what came of it.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { type Agent, findAgent, loadAgents } from "../agents/catalog.ts";
import { enterSession, newSessionId } from "../session/enter.ts";
import { sessionVariables } from "../session/environment.ts";
import { withProxy } from "../vm/proxy-forward.ts";
import { lookInside } from "./look.ts";

/** Throws UserError: 2 without a terminal, 3 when the agent is not installed, 1 when it is not logged in afterwards. */
export async function login(ctx: Context, name: string, rawTerminal = false): Promise<void> {
  const agents = await loadAgents(ctx);
  const agent = findAgent(agents, name);
  if (!ctx.interactive) {
    throw new UserError("A login needs a terminal: it shows a URL or a code and waits for you.", {
      hint: `Run it on a terminal: agent-vm auth login ${name}`,
      exit: EXIT.usage,
    });
  }
  await offerProxy(ctx, agent);
  const target = await ctx.target();
  const look = async () => (await lookInside(ctx, target, [agent])).get(name);
  const before = await look();
  if (!before?.installed) {
    throw new UserError(`${agent.title} is not installed in the VM.`, {
      hint: "See what is missing there with: agent-vm doctor",
      exit: EXIT.notReady,
    });
  }
  if (before.loggedIn && !(await again(ctx, agent))) return;
  ctx.out.say(`${agent.title} logs in inside the VM; open what it shows in your browser here.`);
  // None of the host's variables: a key among them would make the login think it is not needed.
  const environment = { values: {} };
  const command = agent.login ?? [agent.command];
  const session = { id: newSessionId(), dir: "", command, environment, rawTerminal };
  const code = await withProxy(ctx, target, () => enterSession(ctx, target, session));
  if ((await look())?.loggedIn) return ctx.out.say(`${agent.title} is logged in inside the VM.`);
  throw new UserError(
    `${agent.title} is not logged in${code === 0 ? "" : `; its login ended with ${code}`}.`,
    {
      hint: `Try again: agent-vm auth login ${name}`,
      exit: EXIT.failed,
    },
  );
}

async function again({ confirm, flags, out }: Context, agent: Agent): Promise<boolean> {
  out.say(`${agent.title} is logged in inside the VM already.`);
  return flags.yes || (confirm.possible && (await confirm.ask("Log in once more?")));
}

/** A key that is on the host anyway need not be in the VM, and a login there leaves one. */
async function offerProxy(ctx: Context, agent: Agent): Promise<void> {
  if (agent.provider === undefined) return;
  const values = await sessionVariables(ctx);
  const { splitKeys } = await import("../keeper/grants.ts");
  const { loadProviders } = await import("../keeper/providers.ts");
  const held = agent.provider in splitKeys(values, await loadProviders(ctx.programDir), "").grants;
  if (ctx.settings.credentials === "proxy") {
    if (held) ctx.out.say(`${agent.title} already works without a login: its key stays on this host.`);
    return;
  }
  const how = `the line "credentials: proxy" in ${ctx.paths.configFile}`;
  ctx.out.say(
    held
      ? `Its key is set on this host and reaches sessions without a login; ${how} keeps it out of the VM.`
      : `A login leaves its credentials in the VM. With an API key on this host instead, ${how} keeps it out of the VM.`,
  );
}

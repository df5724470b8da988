// agent-vm forward: ports of the VM on this host's loopback, or with --reverse one of this host on the VM's.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import type { Context } from "../context.ts";
import { EXIT, UserError } from "../errors.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  detach?: true;
  reverse?: string;
}

export function register(program: Command, context: GetContext): void {
  const forward = program
    .command("forward")
    .description("reach a port of the VM on this host's loopback: forward, list, stop")
    .argument("[branch]", "the git branch in whose workspace the program listens; list or stop: after --")
    .argument("[port...]", "PORT, or HOST-PORT:VM-PORT")
    .option("-d, --detach", "leave it to the keeper, until it is taken back or the VM stops")
    .addOption(
      new Option("--reverse <port>", "offer this port of this host to the whole VM (HOST-PORT:VM-PORT)"),
    )
    .action(async (branch: string | undefined, ports: string[], options: Options, command: Command) => {
      const ctx = await context(command);
      const { forwardPorts } = await import("../domain/ports/forward.ts");
      // After "--" stands a branch that is called as a command of ours, with its ports.
      const [name, ...all] = [
        ...(branch === undefined ? [] : [branch]),
        ...ports,
        ...(ctx.afterDashes ?? []),
      ];
      await forwardPorts(ctx, await wantedOf(ctx, name, all, options), {
        detach: options.detach === true,
      });
    });
  registerList(forward, context);
  registerStop(forward, context);
}

async function wantedOf(ctx: Context, name: string | undefined, ports: readonly string[], options: Options) {
  const { parseEachPort, parsePorts } = await import("../domain/ports/spec.ts");
  if (options.reverse !== undefined) {
    if (name !== undefined)
      throw new UserError("A port of this host is offered to the whole VM, not to one branch.", {
        hint: "agent-vm forward --reverse PORT",
        exit: EXIT.usage,
      });
    return [{ kind: "reverse" as const, ...parsePorts(options.reverse), branch: "" }];
  }
  if (name === undefined)
    throw new UserError("Which branch, and which port?", {
      hint: "agent-vm forward <branch> 3000; who listens: agent-vm ports",
      exit: EXIT.usage,
    });
  const pairs = parseEachPort(ports);
  const { workspaceOfBranch } = await import("../domain/ports/list.ts");
  const { branch, dir } = await workspaceOfBranch(ctx, name);
  if (pairs.length > 0)
    return pairs.map((pair) => ({ kind: "local" as const, ...pair, branch: String(branch) }));
  const { askForPort } = await import("../domain/ports/forward.ts");
  return askForPort(ctx, branch, dir);
}

function refuseDashes({ afterDashes }: Context): void {
  if (afterDashes === undefined) return;
  throw new UserError('Nothing can follow "--" here.', {
    hint: "A branch called list or stop: agent-vm forward -- list 3000",
    exit: EXIT.usage,
  });
}

function registerList(forward: Command, context: GetContext): void {
  forward
    .command("list")
    .description("what is forwarded now")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }, command: Command) => {
      const ctx = await context(command);
      refuseDashes(ctx);
      const { listForwards } = await import("../domain/ports/forward.ts");
      const forwards = await listForwards(ctx);
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, vm: ctx.paths.vm, forwards }));
      if (forwards.length === 0) return ctx.out.say("Nothing is forwarded.");
      const { forwardRows } = await import("../domain/ports/words.ts");
      const { table } = await import("../io/table.ts");
      const { head, rows } = forwardRows(forwards, Date.now() / 1000);
      ctx.out.answer(table(head, rows, ctx.columns));
    });
}

function registerStop(forward: Command, context: GetContext): void {
  forward
    .command("stop")
    .description("take forwarded ports back; without one all of them")
    .argument("[port...]", "ports of this host")
    .action(async (ports: string[], _options: unknown, command: Command) => {
      const ctx = await context(command);
      refuseDashes(ctx);
      const { parsePorts } = await import("../domain/ports/spec.ts");
      const { stopForwards } = await import("../domain/ports/forward.ts");
      const { forwardText } = await import("../domain/ports/words.ts");
      const gone = await stopForwards(
        ctx,
        ports.map((port) => parsePorts(port).host),
      );
      if (gone.length === 0) ctx.out.say("Nothing was forwarded.");
      for (const one of gone) ctx.out.say(`Taken back: ${forwardText(one)}`);
    });
}

// All verbs, in the order of the help text.
import type { Command } from "commander";
import type { GetContext } from "./cli.ts";
import * as clean from "./commands/clean.ts";
import * as cleanAll from "./commands/clean-all.ts";
import * as connect from "./commands/connect.ts";
import * as destroy from "./commands/destroy.ts";
import * as diff from "./commands/diff.ts";
import * as doctor from "./commands/doctor.ts";
import * as fetchBranch from "./commands/fetch.ts";
import * as log from "./commands/log.ts";
import * as logs from "./commands/logs.ts";
import * as mount from "./commands/mount.ts";
import * as profile from "./commands/profile.ts";
import * as push from "./commands/push.ts";
import * as restart from "./commands/restart.ts";
import * as restore from "./commands/restore.ts";
import * as setup from "./commands/setup.ts";
import * as start from "./commands/start.ts";
import * as status from "./commands/status.ts";
import * as stop from "./commands/stop.ts";
import * as trash from "./commands/trash.ts";
import * as unmount from "./commands/unmount.ts";

export function registerAll(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program.commandsGroup("Workspaces:");
  connect.register(program, context, setCode);
  push.register(program, context);
  fetchBranch.register(program, context);
  diff.register(program, context);
  log.register(program, context);
  clean.register(program, context);
  cleanAll.register(program, context);
  restore.register(program, context);
  trash.register(program, context);
  mount.register(program, context);
  unmount.register(program, context);
  program.commandsGroup("The VM:");
  start.register(program, context);
  stop.register(program, context);
  restart.register(program, context);
  status.register(program, context);
  profile.register(program, context);
  destroy.register(program, context);
  logs.register(program, context);
  program.commandsGroup("This host:");
  setup.register(program, context);
  doctor.register(program, context, setCode);
}

// The agent's account tells first whether a step of provisioning is due, and its shell says what its own files say. So an
// agent could keep a newer guard out of the VM for ever, a firewall for the host's new network for one.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Context } from "../../src/context.ts";
import type { VmName } from "../../src/domain/paths.ts";
import { upToDate } from "../../src/domain/vm/ready.ts";
import { type VmRecord, writeRecord } from "../../src/domain/vm/record.ts";
import { makeStep, STEPS, type Step, stepsHash } from "../../src/domain/vm/steps.ts";
import { createWorld, type World } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

const RECORD: VmRecord = {
  phase: "ready",
  limaHome: "/x",
  image: "x",
  accel: "kvm",
  vcpu: 1,
  memory: 1,
  disk: 1,
  createdAt: "x",
};

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

const stepsWith = (networks: string): Step[] =>
  STEPS.filter(({ name }) => name === "85-profile").map((definition) =>
    makeStep(definition, "", { profile: [{ path: "host-networks4", content: networks }] } as never),
  );

attack("the agent says that nothing of provisioning is due", {
  guard: "its word counts only for what vmadmin said before",
  play: async (guarded) => {
    const { configFile, alias } = await world.ctx.target();
    const paths = { ...world.ctx.paths, vm: alias as VmName, sshConfig: configFile };
    const ctx: Context = { ...world.ctx, paths };
    const before = stepsWith("192.0.2.0/24");
    const now = stepsWith("198.51.100.0/24");
    const said = now.map(({ definition, hash }) => `echo 'stamp ${definition.name} ${hash}'`);
    for (const file of [".bashrc", ".zshenv"])
      writeFileSync(join(world.guestHome, file), `${said.join("\n")}\nexit\n`);
    // Without the guard whatever the account says is taken for vmadmin's word.
    await writeRecord(paths, { ...RECORD, provisioned: stepsHash(guarded ? before : now) });
    return (await upToDate(ctx, now)).done;
  },
});

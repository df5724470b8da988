// Makes the instance when it is missing or only half made.

import { mkdir } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { createInstance, deleteInstance, type Lima } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { baseName, imageId } from "./base.ts";
import { startFromBase } from "./from-base.ts";
import { obtainImage } from "./image.ts";
import { loadSteps } from "./inputs.ts";
import { instanceYaml, readTemplate } from "./instance-yaml.ts";
import { logTo } from "./log.ts";
import type { Observation } from "./observe.ts";
import { availableProfile } from "./profile.ts";
import { advance, type VmRecord, writeRecord } from "./record.ts";
import { chooseResources } from "./resources.ts";

/** The record of a whole instance. A half-made one has never been used, so it is made anew. */
export async function ensureCreated(ctx: Context, lima: Lima, seen: Observation): Promise<VmRecord> {
  const { record, instance } = seen;
  if (record && instance && record.phase !== "creating" && instance.status !== "") return record;
  if (record?.phase === "ready") throw instance ? brokenConfiguration(ctx) : vanished(ctx, record);
  if (instance) await deleteInstance(lima, ctx.paths.vm);
  return create(ctx, lima);
}

function brokenConfiguration(ctx: Context): UserError {
  return new UserError(`Lima cannot read the configuration of the VM ${ctx.paths.vm}.`, {
    details: [
      join(ctx.paths.limaHome, ctx.paths.vm, "lima.yaml"),
      join(ctx.paths.limaHome, "_config", "override.yaml"),
      join(ctx.paths.limaHome, "_config", "default.yaml"),
    ],
    hint: "One of these files makes it unreadable; repair or remove what was added. The VM's disk is untouched.",
    exit: EXIT.notReady,
  });
}

/** Making a new one in its place would lose the way to the old one, which may only be out of sight. */
function vanished(ctx: Context, record: VmRecord): UserError {
  return new UserError(`Lima has no VM ${ctx.paths.vm} any more, and agent-vm did not delete it.`, {
    details: [`It was in ${record.limaHome}, and ${ctx.paths.limaHome} was looked into.`],
    hint: "If it is gone for good: agent-vm destroy, then start a new one. Else make that directory reachable again.",
    exit: EXIT.refused,
  });
}

async function create(ctx: Context, lima: Lima): Promise<VmRecord> {
  const profile = availableProfile(ctx.settings.profile);
  const { images, description } = await obtainImage(ctx, ctx.settings.image);
  const { notes, ...size } = chooseResources(ctx.settings, {
    cpus: availableParallelism(),
    memory: totalmem(),
  });
  for (const note of notes) ctx.out.say(note);
  const vmType = ctx.platform === "darwin" ? "vz" : "qemu";
  const yaml = await instanceYaml(await readTemplate(ctx.programDir), images, { ...size, vmType });
  const id = await imageId(images);
  const record: VmRecord = {
    phase: "creating",
    limaHome: ctx.paths.limaHome,
    image: description,
    imageId: id,
    accel: ctx.settings.accel,
    ...size,
    createdAt: new Date().toISOString(),
    profile,
    ...(profile === "open" && { hadRoot: true }),
  };
  await mkdir(ctx.paths.state, { recursive: true, mode: 0o700 });
  await writeRecord(ctx.paths, record);
  const title = `create the VM ${ctx.paths.vm} (${size.vcpu} vCPU, ${size.memory} GB, ${description})`;
  const step = ctx.out.step(title);
  try {
    await createInstance(lima, ctx.paths.vm, yaml, {
      signal: ctx.signal,
      onLine: step.update,
      ...(await logTo(ctx, "limactl")),
    });
    const base = baseName(await loadSteps(ctx), id);
    const known = await startFromBase(ctx, base, size.disk);
    step.done(known ? `${title}, with the software of an earlier one` : title);
  } catch (error) {
    step.failed();
    throw error instanceof ToolError ? createFailed(ctx, error) : error;
  }
  return advance(ctx.paths, record, "created");
}

function createFailed(ctx: Context, error: ToolError): UserError {
  return new UserError(`Lima could not create the VM ${ctx.paths.vm}.`, {
    details: error.failure.stderrTail.split("\n").filter(Boolean),
    hint: `Nothing was lost. Put right what it says and run the same command again. The log: ${join(ctx.paths.logs, "limactl.log")}`,
    cause: error,
  });
}

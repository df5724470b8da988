// The options of every command that may create the VM.
import { type Command, Option } from "commander";
import { ACCELERATIONS } from "../domain/acceleration-kinds.ts";
import { PROFILES } from "../domain/profiles.ts";
import { wholeNumber } from "../domain/vm/resources.ts";

export const vmOptions = (command: Command): Command =>
  command
    .option("--memory <GB>", "memory of a new VM, 1 to 128 (default: 8)", wholeNumber("--memory", 1, 128))
    .option("--vcpu <n>", "virtual CPUs of a new VM, 1 to 64 (default: 4)", wholeNumber("--vcpu", 1, 64))
    .option("--disk <GB>", "disk of a new VM, 10 to 4096 (default: 100)", wholeNumber("--disk", 10, 4096))
    .option("--image <image>", "image of a new VM: auto, build, a path or a URL (default: auto)")
    .addOption(
      new Option("--proxy <when>", "this host's proxy for the VM: auto, on, off").choices([
        "auto",
        "on",
        "off",
      ]),
    )
    .addOption(new Option("--profile <name>", "of a new VM (default: guarded)").choices(PROFILES))
    .addOption(
      new Option("--accel <kind>", "kvm, or tcg for slow emulation (default: auto)").choices(ACCELERATIONS),
    );

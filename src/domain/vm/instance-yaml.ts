// The YAML of one instance: our template with the user's image and size set.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LimaImage } from "./image.ts";
import type { Resources } from "./resources.ts";

/** The template as text; the only place that knows where it lies. */
export const readTemplate = (programDir: string): Promise<string> =>
  readFile(join(programDir, "lima", "agent-vm.yaml"), "utf8");

/** Sets images, size and VM type in the template's text. */
export async function instanceYaml(
  template: string,
  images: readonly LimaImage[],
  machine: Resources & { vmType: "qemu" | "vz" },
): Promise<string> {
  const { parseDocument } = await import("../../io/yaml.ts");
  const document = parseDocument(template);
  document.set("vmType", machine.vmType);
  document.set("cpus", machine.vcpu);
  document.set("memory", `${machine.memory}GiB`);
  document.set("disk", `${machine.disk}GiB`);
  document.set("images", document.createNode(images));
  return document.toString();
}

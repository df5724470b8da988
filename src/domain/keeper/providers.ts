// The model servers that the credential proxy knows, from common/credentials.yaml.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";

const texts = z.array(z.string());

const schema = z.record(
  z.string().check(z.regex(/^[a-z]+$/)),
  z.strictObject({
    upstream: z.url(),
    address: z.string(),
    keys: z.array(
      z.strictObject({ variable: z.string(), header: z.string(), scheme: z.optional(z.string()) }),
    ),
    placeholder: z.string(),
    requests: z.array(z.string().check(z.regex(/^(GET|POST) \/\S+$/))),
    query: texts,
    headers: texts,
  }),
);

export type Providers = z.infer<typeof schema>;

export async function loadProviders(programDir: string): Promise<Providers> {
  const { parseYaml } = await import("../../io/yaml.ts");
  return schema.parse(parseYaml(await readFile(join(programDir, "common/credentials.yaml"), "utf8")));
}

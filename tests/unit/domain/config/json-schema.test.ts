// The schemas that are shipped for editors are those that the program checks by.
import { expect, test } from "vitest";
import { projectSchema, userSchema } from "../../../../src/domain/config/json-schema.ts";

// A change of the settings is written with: npx vitest run --project unit tests/unit/domain/config/json-schema -u
const SHIPPED = "../../../../common/schemas";
const text = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`;

test("the schema of the user's file is the one that is shipped", () =>
  expect(text(userSchema())).toMatchFileSnapshot(`${SHIPPED}/config.json`));

test("the schema of a project's file is the one that is shipped", () =>
  expect(text(projectSchema())).toMatchFileSnapshot(`${SHIPPED}/project.json`));

test("every setting says what it is about", () => {
  for (const schema of [userSchema(), projectSchema()])
    for (const [name, property] of Object.entries(schema.properties))
      expect(property["description"], name).toMatch(/^[A-Z].*\.$/);
});

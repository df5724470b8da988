// A plan's refusal as the error that ends a command.
import { EXIT, UserError } from "../../errors.ts";
import type { Refusal } from "./plan.ts";

export const refusal = (why: Refusal): UserError =>
  new UserError(why.message, { details: why.details, hint: why.hint, exit: EXIT.refused });

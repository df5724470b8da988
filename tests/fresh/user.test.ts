// A newcomer's first day as an ordinary user with sudo.
import { firstDay } from "./first-day.ts";

firstDay("user");

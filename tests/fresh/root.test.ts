// A newcomer's first day as root.
import { firstDay } from "./first-day.ts";

firstDay("root");

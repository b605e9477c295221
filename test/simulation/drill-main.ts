import { runDrill } from "./drill.ts";

const sites = Number(process.argv[2] ?? 10_000);
const callsPerMinute = Number(process.argv[3] ?? 120);
const began = performance.now();
const report = await runDrill(sites, callsPerMinute);
const seconds = Math.round((performance.now() - began) / 1000);
process.stdout.write(`${JSON.stringify({ callsPerMinute, ...report, seconds }, null, 2)}\n`);
process.exitCode = report.replaced === report.sites && report.hours < 24 ? 0 : 1;

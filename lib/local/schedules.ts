import { unsupported } from './template.ts';

const MINUTE_MS = 60_000;
const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

/**
 * When a schedule of CloudWatch Events fires next. Understood are `rate(N minutes|hours|days)`, counted from when
 * the host started, and `cron(minute hour * * ? *)` in UTC with a number or `*` for minute and hour.
 * @param afterMs - epoch milliseconds; the answer is later
 * @param startedMs - epoch milliseconds that rates count from
 * @param minuteMs - how long a minute of a rate lasts
 * @throws LocalHostError `local/template-unsupported` for any other expression
 */
export function nextFiringMs(expression: string, afterMs: number, startedMs: number, minuteMs = MINUTE_MS): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const periodMs = Number(rate[1]) * (UNIT_MINUTES[rate[2] ?? ''] ?? 0) * minuteMs;
    if (periodMs > 0) return startedMs + (Math.floor((afterMs - startedMs) / periodMs) + 1) * periodMs;
  }
  const cron = /^cron\((\d+|\*) (\d+|\*) (\*|\?) \* (\*|\?) \*\)$/.exec(expression);
  if (!cron) throw unsupported(`the schedule ${expression} is not understood`);
  const [, minute = '*', hour = '*'] = cron;
  const fits = (value: number, field: string) => field === '*' || value === Number(field);
  const day = 1_440;
  const firstMinute = Math.floor(afterMs / 60_000) + 1;
  for (let each = firstMinute; each <= firstMinute + day; each += 1) {
    const ofDay = each % day;
    if (fits(ofDay % 60, minute) && fits(Math.floor(ofDay / 60), hour)) return each * 60_000;
  }
  throw unsupported(`the schedule ${expression} never fires`);
}

/**
 * Fires a schedule again and again until it is stopped; a firing that is still running is not joined by another.
 * @param minuteMs - how long a minute of a rate lasts; schedules by the clock keep to the clock
 */
export function startSchedule(expression: string, fire: () => Promise<void>, minuteMs = MINUTE_MS): { stop(): void } {
  const startedMs = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const arm = () => {
    timer = setTimeout(
      () => {
        arm();
        if (running) return;
        running = true;
        void fire().finally(() => {
          running = false;
        });
      },
      nextFiringMs(expression, Date.now(), startedMs, minuteMs) - Date.now(),
    );
  };
  arm();
  return { stop: () => clearTimeout(timer) };
}

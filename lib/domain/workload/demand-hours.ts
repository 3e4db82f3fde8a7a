import type { HourDemand, WeekHourDemand } from './demand.ts';
import { findPercentile, meanOf } from './minutes.ts';
import type { Workload, WorkloadDay } from './workload.ts';

const DAY_MINUTES = 1_440;
const DAY_MS = 86_400_000;

/** What was asked in each hour of the days, by what was asked in each of their minutes. */
export function measureHours(
  workload: Workload,
  busyByMinute: Float64Array,
  callsByMinute: Float64Array,
): readonly HourDemand[] {
  const hours: HourDemand[] = [];
  let offset = 0;
  for (const { firstMinute, minutes } of workload.days) {
    for (let minute = 0; minute < minutes; minute += 60) {
      const [from, to] = [offset + minute, offset + Math.min(minute + 60, minutes)];
      let [calls, busy, most] = [0, 0, 0];
      for (let index = from; index < to; index++) {
        const replicas = busyByMinute[index] ?? 0;
        calls += callsByMinute[index] ?? 0;
        busy += replicas;
        most = Math.max(most, replicas);
      }
      hours.push({
        firstMinute: firstMinute + minute,
        minutes: to - from,
        calls,
        meanBusyReplicas: busy / (to - from),
        peakBusyReplicas: most,
      });
    }
    offset += minutes;
  }
  return hours;
}

/** What was asked in each hour of the week. @param percent - of the minutes of such hours that are no peak */
export function measureWeekHours(
  workload: Workload,
  busyByMinute: Float64Array,
  percent: number,
): readonly WeekHourDemand[] {
  const parts: Float64Array[][] = Array.from({ length: 168 }, () => []);
  let offset = 0;
  for (const day of workload.days) {
    const firstHour = findWeekday(day) * 24;
    // On a day of any other length the clock does not show whole hours after its first minute.
    if (day.minutes === DAY_MINUTES)
      for (let hour = 0; hour < 24; hour++) {
        const from = offset + hour * 60;
        parts[firstHour + hour]?.push(busyByMinute.subarray(from, from + 60));
      }
    offset += day.minutes;
  }
  return parts.map((ofHour, index) => {
    const minutes = new Float64Array(ofHour.length * 60);
    for (const [part, values] of ofHour.entries()) minutes.set(values, part * 60);
    const meanBusyReplicas = meanOf(minutes);
    return {
      weekday: Math.floor(index / 24),
      hour: index % 24,
      recordedHours: ofHour.length,
      meanBusyReplicas,
      peakBusyReplicas: Math.max(findPercentile(minutes, percent), meanBusyReplicas),
    };
  });
}

/** 0 = Monday. */
function findWeekday({ day }: WorkloadDay): number {
  // The first day of the epoch was a Thursday.
  return (Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS) + 3) % 7;
}

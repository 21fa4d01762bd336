import { Rejection } from "./rejection.ts";

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The day (`2016-11-11`) that a FHIR date or date-time starts with. The time and offset behind it are dropped, never
 * converted: AB2D writes procedure dates as midnight of the right day in changing offsets.
 * Throws `Rejection` (`date_invalid`) if these ten characters are no day of the calendar.
 */
export function calendarDate(text: string): string {
  const day = text.slice(0, 10);
  if (!ISO_DATE.test(day)) throw new Rejection("date_invalid");
  const year = Number(day.slice(0, 4));
  const month = Number(day.slice(5, 7));
  const dayOfMonth = Number(day.slice(8));
  const isReal =
    year >= 1 && month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= daysIn(year, month);
  if (!isReal) throw new Rejection("date_invalid");
  return day;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

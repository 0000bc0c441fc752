/** `product-reviews`: sentences of customer reviews, positive or negative by the mean rating that twenty people gave each. */
import type { Example } from "./dataset.ts";
import { readTable } from "./table.ts";

export const productReviewClasses = ["negative", "positive"] as const;

/** A mean rating, of -4 to 4, nearer to 0 than this is neither positive nor negative, and its sentence is left out. */
const leastRating = 1;

/** The rows of the file (id, sentiment, text) with abs(sentiment) > 1, in file order; an id is the row's number in the file, from 0. */
export function readProductReviews(path: string): Example[] {
  const { columns, rows } = readTable(path), [ratingAt, textAt] = ["sentiment", "text"].map((column) => columns.indexOf(column));
  if (ratingAt < 0 || textAt < 0) {
    throw new TypeError(`Cannot read product reviews as ${path} must have columns sentiment, text: ${columns.join(", ")}`);
  }
  return rows.flatMap((cells, id): Example[] => {
    const rating = Number(cells[ratingAt] || NaN), text = cells[textAt]?.trim();
    if (!Number.isFinite(rating)) throw new TypeError(`Cannot read product reviews as a rating must be a number: ${cells[ratingAt]} in row ${id}`);
    if (!text) throw new TypeError(`Cannot read product reviews as a text must not be empty: row ${id}`);
    return Math.abs(rating) > leastRating ? [{ id, text, label: rating > 0 ? 1 : 0 }] : [];
  });
}

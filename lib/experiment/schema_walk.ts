/** The config's schema as something to walk along a value: which keys may stand where, and which of a value's fields are defaults. */
import canonicalize from "canonicalize";
import { z } from "zod";

/** The keys that the schema allows at a path of the input. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  const inner = unwrap(schema, input), [key, ...rest] = path;
  if (inner instanceof z.ZodArray && key !== undefined) return knownKeys(inner.element, rest, (input as Record<PropertyKey, unknown>)[key]);
  if (!(inner instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(inner.shape);
  return knownKeys(inner.shape[key as string], rest, (input as Record<PropertyKey, unknown>)[key]);
}

/** The object schema behind defaults, null and the branch of a union that the input names. */
function unwrap(schema: z.core.$ZodType, input: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.def.innerType, input);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const key = schema.def.discriminator, value = (input as Record<string, unknown>)[key];
    return schema.options.find((option) => option instanceof z.ZodObject && option.shape[key].safeParse(value).success) ?? schema;
  }
  return schema;
}

/**
 * A value that the schema has parsed, without the fields that hold their default. It says the same, and goes on saying it when the
 * schema gets a field whose default is what there was before.
 */
export function withoutDefaults(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrap(schema, value);
  if (inner instanceof z.ZodArray) return (value as unknown[]).map((one) => withoutDefaults(inner.element, one));
  if (!(inner instanceof z.ZodObject) || typeof value !== "object" || value === null) return value;
  const fields = Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
    const found = (value as Record<string, unknown>)[key];
    return isDefault(field, found) ? [] : [[key, withoutDefaults(field, found)]];
  });
  return Object.fromEntries(fields);
}

function isDefault(field: z.ZodType, value: unknown): boolean {
  const unsaid = field.safeParse(undefined);
  return unsaid.success && canonicalize(unsaid.data) === canonicalize(value);
}

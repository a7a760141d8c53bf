// This will know how the classes of a schema stand under each other. Pure: schemas and sets of keys in, the same out.

const byKey = (schema, key) => schema.classes.find((one) => one.key === key);

/** Return the classes right under a class, or the uppermost ones for null. */
export const under = (schema, key) => schema.classes.filter((one) => (one.parent ?? null) === key);

/** Return the keys from the uppermost class down to this one. */
export function way(schema, key) {
  const parent = byKey(schema, key)?.parent;
  return parent ? [...way(schema, parent), key] : [key];
}

/** Add what stands above: an answer that names a class names every class over it. */
export const withParents = (schema, keys) => new Set([...keys].flatMap((key) => way(schema, key)));

/** Leave out what only stands above another one, so that the classes a person meant remain. */
export function closest(schema, keys) {
  const above = new Set([...keys].flatMap((key) => way(schema, key).slice(0, -1)));
  return [...keys].filter((key) => !above.has(key));
}

export const nameOf = (schema, key) => byKey(schema, key)?.name ?? key;

/** Say the classes a person meant, each with its way down: ["Gruesome › Blood"]. */
export const namesOf = (schema, keys) =>
  closest(schema, keys).map((key) =>
    way(schema, key)
      .map((one) => nameOf(schema, one))
      .join(" › "),
  );

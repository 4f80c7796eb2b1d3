// What the public dictionaries leave in English.
export const own = {};

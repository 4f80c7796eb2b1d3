/** ISO 8601 with years as DMN writes them: digits alone, or a minus; Temporal gives six digits and a sign. */
export const plainYear = (text) => text.replace(/^([+-])0*(\d{4,})-/, (_, sign, year) => `${sign === '-' ? '-' : ''}${year}-`);

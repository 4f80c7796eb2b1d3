// The editor's words: public dictionaries, and our own where they have gaps. What is still missing is remembered.
import community from 'bpmn-js-i18n/translations/zn.js';
import drawing from 'bpmn-js-i18n-zh/lib/bpmn-js/index.js';
import panel from 'bpmn-js-i18n-zh/lib/properties-panel/index.js';
import zeebe from 'bpmn-js-i18n-zh/lib/zeebe-properties-panel/index.js';
import { own } from './dictionary.js';

const chinese = { ...community, ...drawing, ...panel, ...zeebe, ...own };

/** A bpmn-js module that translates; English is the libraries' own. */
export function translation(language) {
  const words = language === 'zh' ? chinese : {};
  const missing = new Set();
  window.untranslated = missing; // a test reads what the page asked for in vain
  const translate = (template, replacements = {}) => {
    if (language === 'zh' && words[template] === undefined) missing.add(template);
    return (words[template] ?? template).replace(/{([^}]+)}/g, (_, key) => replacements[key] ?? `{${key}}`);
  };
  return { translate: ['value', translate] };
}

// The list of findings; a click selects the element and brings it into view.

export function findingsList(list, modeler, words) {
  let marked = [];

  function show(findings) {
    const canvas = modeler.get('canvas');
    for (const id of marked) if (modeler.get('elementRegistry').get(id)) canvas.removeMarker(id, 'has-finding');
    marked = [...new Set(findings.map((finding) => finding.element))].filter((id) => modeler.get('elementRegistry').get(id));
    for (const id of marked) canvas.addMarker(id, 'has-finding');
    list.replaceChildren(...findings.map(line));
  }

  function line(finding) {
    const item = document.createElement('li');
    item.className = finding.severity;
    const kind = document.createElement('strong');
    kind.textContent = finding.severity === 'error' ? words.error : words.warning;
    item.append(kind, ' ');
    if (finding.element && modeler.get('elementRegistry').get(finding.element)) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'plain';
      button.textContent = finding.name;
      button.addEventListener('click', () => select(finding.element));
      item.append(button, ' ');
    } else if (finding.name) {
      item.append(`${finding.name} `);
    }
    item.append(`${finding.message} ${finding.remedy}`);
    if (finding.rule) {
      const code = document.createElement('code');
      code.textContent = finding.rule;
      item.append(' ', code);
    }
    return item;
  }

  function select(id) {
    const element = modeler.get('elementRegistry').get(id);
    if (!element) return;
    modeler.get('selection').select(element);
    const canvas = modeler.get('canvas');
    canvas.scrollToElement(element);
    document.getElementById('canvas').scrollIntoView({ block: 'nearest' });
  }

  return { show };
}

// Runs the script of the page /openapi as a browser would at an address, with as much of a document as it needs: what it reads, and the calls that it shows.
import vm from 'node:vm'

const [server, seenAt] = process.argv.slice(2)
const texts = []

class Node {
  append(...children) { for (const child of children) if (typeof child === 'string') texts.push(child) }
  setAttribute() {}
  addEventListener() {}
}

const page = await (await fetch(new URL('/openapi', server))).text()
const script = page.match(/<script>([\s\S]*)<\/script>/)[1]
let done
const shown = new Promise(resolve => { done = resolve })
const document = { createElement: () => new Node(), getElementById: id => (id === '' ? (done(), null) : new Node()), querySelectorAll: () => [] }
const read = async address => {
  const at = new URL(address, `https://analytics.example${seenAt}`)
  console.log(`read ${at.pathname}`)
  return fetch(new URL('/openapi/v1.json', server))
}
vm.runInNewContext(script, { document, fetch: read, location: new URL(`https://analytics.example${seenAt}`), encodeURIComponent })
await shown
console.log(texts.filter(text => text.startsWith('curl ')).join('\n'))

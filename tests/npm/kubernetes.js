// What Kubernetes' own API would say of an object, from its published types.
const packages = [['monitoring.coreos.com', '@kubernetes-models/prometheus-operator'], ['', 'kubernetes-models']]

/** Everything wrong with an object: what its type refuses, and fields that its type does not have. */
export async function problems(object) {
  const found = packages.find(([group]) => object.apiVersion.startsWith(group))[1]
  const type = (await import(`${found}/${object.apiVersion}/${object.kind}`))[object.kind]
  const read = new Set()
  const wrong = []
  try {
    // Its check reads every field that it knows: what it has not read, it does not know.
    type.prototype.validate.call(watched(object, '', read))
  } catch (error) {
    wrong.push(error.message)
  }
  unread(object, '', read, wrong)
  return wrong
}

function watched(value, path, read) {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, name) {
      if (typeof name === 'symbol') return target[name]
      read.add(`${path}.${name}`)
      return watched(target[name], `${path}.${name}`, read)
    },
  })
}

function unread(value, path, read, wrong) {
  if (typeof value !== 'object' || value === null) return
  for (const name of Object.keys(value)) {
    if (read.has(`${path}.${name}`)) unread(value[name], `${path}.${name}`, read, wrong)
    else wrong.push(`there is no field ${path}.${name}`)
  }
}

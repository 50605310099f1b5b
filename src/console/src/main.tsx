import './style.css'
import { render } from 'preact'
import { App } from './app/app'
import { listen } from './app/router'
import './app/theme'

listen()
render(<App />, document.getElementById('app')!)

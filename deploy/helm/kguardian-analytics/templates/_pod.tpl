{{- /* A number as it was written: Helm hands 40000000 on as 4e+07. */ -}}
{{- define "kguardian-analytics.value" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- int64 . | toString | quote -}}
{{- else -}}
{{- toString . | quote -}}
{{- end -}}
{{- end -}}

{{- /* The variable of a setting: Retention:Days is KGUARDIAN_RETENTION__DAYS. */ -}}
{{- define "kguardian-analytics.variable" -}}
KGUARDIAN_{{ . | upper | replace ":" "__" }}
{{- end -}}

{{- /* Whether there is a second volume for old days: text, or nothing. */ -}}
{{- define "kguardian-analytics.hasCold" -}}
{{- if and .Values.server.persistence.enabled .Values.server.persistence.cold.size -}}yes{{- end -}}
{{- end -}}

{{- /* The server's environment. Secrets come as files. (list $ "role") */ -}}
{{- define "kguardian-analytics.environment" -}}
{{- $root := index . 0 -}}
{{- $values := $root.Values -}}
- { name: LISTEN_ADDR, value: {{ include "kguardian-analytics.listen" $root | quote }} }
- { name: KGUARDIAN_DATA_DIR, value: /var/lib/kguardian }
- { name: CHART_VERSION, value: {{ $root.Chart.Version | quote }} }
{{- with index . 1 }}
- { name: KGUARDIAN_ROLE, value: {{ . }} }
{{- end }}
{{- if gt (int $values.server.replicas) 1 }}
# Queries know it, too: rows may be there twice.
- { name: KGUARDIAN_INGEST__SERVERS, value: several }
{{- end }}
{{- with $values.clickhouse.endpoints }}
{{- if or (gt (len .) 1) $values.clickhouse.cluster }}
- { name: KGUARDIAN_CLICKHOUSE__ENDPOINTS, value: {{ join "," . | quote }} }
{{- else }}
- { name: KGUARDIAN_CLICKHOUSE_URL, value: {{ first . | quote }} }
{{- end }}
{{- if and $values.clickhouse.existingSecret $values.clickhouse.userKey }}
- { name: KGUARDIAN_CLICKHOUSE_USER_FILE, value: {{ printf "/etc/kguardian/clickhouse/%s" $values.clickhouse.userKey | quote }} }
{{- else }}
- { name: KGUARDIAN_CLICKHOUSE_USER, value: {{ $values.clickhouse.user | quote }} }
{{- end }}
{{- if $values.clickhouse.existingSecret }}
- { name: KGUARDIAN_CLICKHOUSE_PASSWORD_FILE, value: {{ printf "/etc/kguardian/clickhouse/%s" $values.clickhouse.passwordKey | quote }} }
{{- end }}
{{- if $values.clickhouse.tls.existingSecret }}
{{- $variables := dict "caKey" "KGUARDIAN_CLICKHOUSE__CAFILE" "certKey" "KGUARDIAN_CLICKHOUSE__CLIENTCERTIFICATEFILE" "keyKey" "KGUARDIAN_CLICKHOUSE__CLIENTKEYFILE" }}
{{- range $key, $variable := $variables }}
{{- with index $values.clickhouse.tls $key }}
- { name: {{ $variable }}, value: {{ printf "/etc/kguardian/clickhouse-tls/%s" . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
- { name: KGUARDIAN_CLICKHOUSE__DATABASE, value: {{ $values.clickhouse.database | quote }} }
{{- with $values.clickhouse.cluster }}
- { name: KGUARDIAN_CLICKHOUSE__CLUSTER, value: {{ . | quote }} }
{{- end }}
{{- if $values.auth.existingSecret }}
{{- $variables := dict "all" "BROKER_AUTH_TOKEN_FILE" "ingest" "KGUARDIAN_AUTH__INGESTTOKENFILE" "read" "KGUARDIAN_AUTH__READTOKENFILE" "admin" "KGUARDIAN_AUTH__ADMINTOKENFILE" }}
{{- range $role, $variable := $variables }}
{{- with index $values.auth.keys $role }}
- { name: {{ $variable }}, value: {{ printf "/etc/kguardian/tokens/%s" . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- with $values.auth.oidc }}
{{- if .authority }}
{{- $variables := dict "authority" "AUTHORITY" "audience" "AUDIENCE" "roleClaim" "ROLECLAIM" "ingestRole" "INGESTROLE" "readRole" "READROLE" "adminRole" "ADMINROLE" }}
{{- range $key, $variable := $variables }}
- { name: KGUARDIAN_AUTH__OIDC{{ $variable }}, value: {{ index $values.auth.oidc $key | quote }} }
{{- end }}
{{- if .clientId }}
- { name: KGUARDIAN_AUTH__OIDCCLIENTID, value: {{ .clientId | quote }} }
- { name: KGUARDIAN_AUTH__OIDCSCOPES, value: {{ .scopes | quote }} }
{{- end }}
{{- if .tls.existingSecret }}
- { name: KGUARDIAN_AUTH__OIDCCAFILE, value: {{ printf "/etc/kguardian/oidc-tls/%s" .tls.caKey | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- if include "kguardian-analytics.hasCold" $root }}
- { name: KGUARDIAN_STORAGE__COLDPATH, value: /var/lib/kguardian-cold }
{{- end }}
{{- range $name, $value := $values.secretSettings }}
- { name: {{ include "kguardian-analytics.variable" $name }}FILE, value: {{ printf "/etc/kguardian/secrets/%s/%s" $value.secret $value.key | quote }} }
{{- end }}
{{- range $name, $value := $values.settings }}
- { name: {{ include "kguardian-analytics.variable" $name }}, value: {{ include "kguardian-analytics.value" $value }} }
{{- end }}
{{- end -}}

{{- /* The Secrets of secretSettings, each once, as JSON. */ -}}
{{- define "kguardian-analytics.secrets" -}}
{{- $secrets := list -}}
{{- range .Values.secretSettings }}{{ $secrets = append $secrets .secret }}{{ end -}}
{{- $secrets | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- /* The server's pod but for what is its workload's: (dict "root" $ "component" "server" "role" "" "values" .Values.server "data" (dict ...)) */ -}}
{{- define "kguardian-analytics.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
metadata:
  {{- include "kguardian-analytics.podMetadata" . | nindent 2 }}
spec:
  {{- include "kguardian-analytics.podSettings" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  containers:
    - name: kguardian-analytics
      image: {{ include "kguardian-analytics.image" (list $values.image $root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      ports:
        - { name: http, containerPort: 9090 }
      env:
        {{- include "kguardian-analytics.environment" (list $root .role) | nindent 8 }}
        {{- with .values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      startupProbe:
        httpGet: { path: /metrics, port: http }
        {{- toYaml $values.probes.startup | nindent 8 }}
      livenessProbe:
        httpGet: { path: /metrics, port: http }
        {{- toYaml $values.probes.liveness | nindent 8 }}
      readinessProbe:
        httpGet: { path: /health, port: http }
        {{- toYaml $values.probes.readiness | nindent 8 }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        {{- include "kguardian-analytics.securityContext" (list $root "containerSecurityContext" .values) | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /var/lib/kguardian }
        - { name: tmp, mountPath: /tmp }
        {{- if include "kguardian-analytics.hasCold" $root }}
        - { name: cold, mountPath: /var/lib/kguardian-cold }
        {{- end }}
        {{- range $index, $secret := include "kguardian-analytics.secrets" $root | fromJsonArray }}
        - { name: secret-{{ $index }}, mountPath: {{ printf "/etc/kguardian/secrets/%s" $secret | quote }}, readOnly: true }
        {{- end }}
        {{- if $values.auth.existingSecret }}
        - { name: tokens, mountPath: /etc/kguardian/tokens, readOnly: true }
        {{- end }}
        {{- if and $values.auth.oidc.authority $values.auth.oidc.tls.existingSecret }}
        - { name: oidc-tls, mountPath: /etc/kguardian/oidc-tls, readOnly: true }
        {{- end }}
        {{- if and $values.clickhouse.endpoints $values.clickhouse.existingSecret }}
        - { name: clickhouse, mountPath: /etc/kguardian/clickhouse, readOnly: true }
        {{- end }}
        {{- if and $values.clickhouse.endpoints $values.clickhouse.tls.existingSecret }}
        - { name: clickhouse-tls, mountPath: /etc/kguardian/clickhouse-tls, readOnly: true }
        {{- end }}
        {{- with .values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- with .data }}
    - name: data
      {{- toYaml . | nindent 6 }}
    {{- end }}
    - { name: tmp, emptyDir: { sizeLimit: 256Mi } }
    {{- range $index, $secret := include "kguardian-analytics.secrets" $root | fromJsonArray }}
    - { name: secret-{{ $index }}, secret: { secretName: {{ $secret }}, defaultMode: 0440 } }
    {{- end }}
    {{- with $values.auth.existingSecret }}
    - { name: tokens, secret: { secretName: {{ . }}, defaultMode: 0440 } }
    {{- end }}
    {{- if and $values.auth.oidc.authority $values.auth.oidc.tls.existingSecret }}
    - { name: oidc-tls, secret: { secretName: {{ $values.auth.oidc.tls.existingSecret }}, defaultMode: 0440 } }
    {{- end }}
    {{- if and $values.clickhouse.endpoints $values.clickhouse.existingSecret }}
    - { name: clickhouse, secret: { secretName: {{ $values.clickhouse.existingSecret }}, defaultMode: 0440 } }
    {{- end }}
    {{- if and $values.clickhouse.endpoints $values.clickhouse.tls.existingSecret }}
    - { name: clickhouse-tls, secret: { secretName: {{ $values.clickhouse.tls.existingSecret }}, defaultMode: 0440 } }
    {{- end }}
    {{- with .values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

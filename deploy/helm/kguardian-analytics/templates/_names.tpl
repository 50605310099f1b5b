{{- define "kguardian-analytics.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* As long as a name may be with the longest suffix, and what Kubernetes adds to it. */ -}}
{{- define "kguardian-analytics.fullname" -}}
{{- $name := include "kguardian-analytics.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kguardian-analytics.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kguardian-analytics.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* What never changes, by component: (list $ "server") */ -}}
{{- define "kguardian-analytics.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "kguardian-analytics.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "kguardian-analytics.labels" -}}
{{- $root := index . 0 -}}
{{ include "kguardian-analytics.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: kguardian
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{- /* (list .Values.image "default tag") */ -}}
{{- define "kguardian-analytics.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* The port of a URL. */ -}}
{{- define "kguardian-analytics.port" -}}
{{- $url := urlParse . -}}
{{- $given := regexFind ":[0-9]+$" $url.host -}}
{{- if $given -}}
{{- trimPrefix ":" $given -}}
{{- else -}}
{{- ternary 443 80 (eq $url.scheme "https") -}}
{{- end -}}
{{- end -}}

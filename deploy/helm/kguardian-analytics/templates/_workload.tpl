{{- /* What the pods of every workload have in common: (dict "root" $ "component" "server" "values" .Values.server "annotations" dict) */ -}}
{{- define "kguardian-analytics.podMetadata" -}}
labels:
  {{- include "kguardian-analytics.labels" (list .root .component) | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge dict (default dict .annotations) (default dict .values.podAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* "auto" is what the cluster says; without a cluster (helm template) nothing says that it is one. */ -}}
{{- define "kguardian-analytics.isOpenShift" -}}
{{- if or (eq (toString .Values.openshift) "true") (and (eq (toString .Values.openshift) "auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) -}}yes{{- end -}}
{{- end -}}

{{- /* A security context: the workload's over that of all. OpenShift itself gives each namespace its users and groups, and refuses others. (list $ "podSecurityContext" .Values.router) */ -}}
{{- define "kguardian-analytics.securityContext" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
{{- $context := mergeOverwrite (deepCopy (default dict (index $root.Values $key))) (deepCopy (default dict (index (index . 2) $key))) -}}
{{- if include "kguardian-analytics.isOpenShift" $root -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- /* Who they run as, and where: (dict "root" $ "values" .Values.server) */ -}}
{{- define "kguardian-analytics.podSettings" -}}
serviceAccountName: {{ include "kguardian-analytics.serviceAccountName" .root }}
# Nobody here ever asks Kubernetes for anything.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "kguardian-analytics.securityContext" (list .root "podSecurityContext" .values) | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $field := list "priorityClassName" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- with index $.values $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* The address that pods listen on, as LISTEN_ADDR and nginx write it: [::] and 0.0.0.0 are what may be set. */ -}}
{{- define "kguardian-analytics.listen" -}}
{{ .Values.listenAddress }}:9090
{{- end -}}

{{- /* Of every Service: which protocols it has. */ -}}
{{- define "kguardian-analytics.ipFamilies" }}
{{- with .Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.service.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

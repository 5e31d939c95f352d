{{- define "application.name" -}}{{ .Release.Name }}{{- end }}

{{- define "application.labels" -}}
app.kubernetes.io/name: {{ include "application.name" . }}
app.kubernetes.io/managed-by: idp
idp.io/team: {{ .Values.team }}
idp.io/application: {{ include "application.name" . }}
{{- end }}

{{- define "application.selector" -}}
app.kubernetes.io/name: {{ include "application.name" . }}
{{- end }}

{{/* What a container may use: requests are limits, so that no version takes another's memory. */}}
{{- define "application.resources" -}}
{{- $sizes := dict "small" (list "100m" "128Mi") "medium" (list "250m" "512Mi") "large" (list "1" "1Gi") -}}
{{- $size := index $sizes .Values.size -}}
requests: {cpu: {{ index $size 0 | quote }}, memory: {{ index $size 1 | quote }}}
limits: {cpu: {{ index $size 0 | quote }}, memory: {{ index $size 1 | quote }}}
{{- end }}

{{- define "application.pod-security" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "application.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

variable "kind" {
  description = "What it would be, such as storage-account."
  type        = string
  nullable    = false
}

variable "name" {
  description = "The thing's name in the cloud."
  type        = string
  nullable    = false
}

variable "properties" {
  description = "What the thing would be like: any value that JSON can hold."
  type        = any
}

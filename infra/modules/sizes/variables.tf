variable "kind" {
  description = "What is to have a size."
  type        = string
  nullable    = false
}

variable "size" {
  description = "small, medium or large."
  type        = string
  nullable    = false
}

variable "folder" {
  description = "Folder of the pretend world, absolute."
  type        = string
  nullable    = false
}

variable "kind" {
  description = "What the file pretends to be, such as storage-account."
  type        = string
  nullable    = false
}

variable "name" {
  description = "The thing's name in the cloud."
  type        = string
  nullable    = false
}

variable "properties" {
  description = "What the thing is like: any value that JSON can hold."
  type        = any
}

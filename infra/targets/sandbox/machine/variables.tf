variable "domain" {
  description = "Platform: the DNS domain, of which names are made."
  type        = string
  nullable    = false
}

variable "capability" {
  description = "Platform: the capability that asks, of which names are made."
  type        = string
  nullable    = false
}

variable "owner" {
  description = "Platform: who answers for the capability: a tag."
  type        = string
  nullable    = false
}

variable "team" {
  description = "Who has it: 2 to 20 lower-case letters and digits, a letter first."
  type        = string
  nullable    = false
}

variable "name" {
  description = "What the team calls it: a DNS label (RFC 1035) of at most 30 characters."
  type        = string
  nullable    = false
}

variable "stage" {
  description = "dev, staging or prod; it decides who must agree."
  type        = string
  default     = "dev"
  nullable    = false
}

variable "environment" {
  description = "The team's environment it lives in, whose identity it may act as."
  type        = string
  nullable    = false
}

variable "administrator_key" {
  description = "Who may enter by SSH, from inside the network: an Ed25519 public key. There is no password."
  type        = string
  nullable    = false
}

variable "size" {
  description = "small, medium or large; how large a stage may have it, the platform says."
  type        = string
  default     = "small"
  nullable    = false
}

variable "disk_gib" {
  description = "Its disk, with the system on it."
  type        = number
  default     = 64
  nullable    = false
}

variable "world_folder" {
  description = "Target: folder of the pretend world."
  type        = string
  nullable    = false
}

module "machine" {
  source = "../../../catalog/machine"

  domain            = var.domain
  capability        = var.capability
  owner             = var.owner
  team              = var.team
  name              = var.name
  stage             = var.stage
  environment       = var.environment
  administrator_key = var.administrator_key
  size              = var.size
  disk_gib          = var.disk_gib
}

# Who its environment's workloads are: what runs on the machine may be one of them.
data "azurerm_user_assigned_identity" "environment" {
  name                = module.machine.workload_identity
  resource_group_name = module.machine.resource_group
}

# Inside the network alone: the subnet's rules say who reaches it, and the NAT gateway is its way out.
resource "azurerm_network_interface" "this" {
  name                = "nic-${module.machine.machine}"
  resource_group_name = module.machine.resource_group
  location            = var.azure.location
  tags                = module.machine.tags

  ip_configuration {
    name                          = "internal"
    subnet_id                     = var.azure.machines_subnet_id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "this" {
  name                = module.machine.machine
  computer_name       = module.machine.machine
  resource_group_name = module.machine.resource_group
  location            = var.azure.location
  size                = module.machine.settings.sku

  network_interface_ids           = [azurerm_network_interface.this.id]
  admin_username                  = module.machine.settings.administrator
  disable_password_authentication = !module.machine.settings.password_authentication
  encryption_at_host_enabled      = module.machine.settings.encryption_at_host
  secure_boot_enabled             = module.machine.settings.secure_boot
  vtpm_enabled                    = module.machine.settings.secure_boot
  provision_vm_agent              = true

  # Azure patches within days, and restarts where a patch needs it.
  patch_mode            = "AutomaticByPlatform"
  patch_assessment_mode = "AutomaticByPlatform"
  reboot_setting        = "IfRequired"

  admin_ssh_key {
    username   = module.machine.settings.administrator
    public_key = module.machine.settings.administrator_key
  }

  # Its own for Entra's login and the agent; the environment's for what the team runs on it.
  identity {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = [data.azurerm_user_assigned_identity.environment.id]
  }

  os_disk {
    name                 = "osdisk-${module.machine.machine}"
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
    disk_size_gb         = module.machine.settings.disk_gib
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }

  # Managed by Azure: no account of ours holds a console's screen.
  boot_diagnostics {}

  tags = module.machine.tags
}

locals {
  extensions = {
    AADSSHLoginForLinux    = { publisher = "Microsoft.Azure.ActiveDirectory", version = "1.0" } # people and the platform enter as Entra knows them
    AzureMonitorLinuxAgent = { publisher = "Microsoft.Azure.Monitor", version = "1.33" }
  }
}

resource "azurerm_virtual_machine_extension" "this" {
  for_each = local.extensions

  name                       = each.key
  virtual_machine_id         = azurerm_linux_virtual_machine.this.id
  publisher                  = each.value.publisher
  type                       = each.key
  type_handler_version       = each.value.version
  auto_upgrade_minor_version = true
  tags                       = module.machine.tags
}

# What it logs of itself goes where the platform's logs are.
resource "azurerm_monitor_data_collection_rule" "this" {
  name                = "dcr-${module.machine.machine}"
  resource_group_name = module.machine.resource_group
  location            = var.azure.location
  kind                = "Linux"
  tags                = module.machine.tags

  destinations {
    log_analytics {
      name                  = "platform"
      workspace_resource_id = var.azure.log_analytics_workspace_id
    }
  }

  data_sources {
    syslog {
      name           = "syslog"
      streams        = ["Microsoft-Syslog"]
      facility_names = ["auth", "authpriv", "daemon", "kern"]
      log_levels     = ["Warning", "Error", "Critical", "Alert", "Emergency"]
    }
  }

  data_flow {
    streams      = ["Microsoft-Syslog"]
    destinations = ["platform"]
  }
}

resource "azurerm_monitor_data_collection_rule_association" "this" {
  name                    = "syslog"
  target_resource_id      = azurerm_linux_virtual_machine.this.id
  data_collection_rule_id = azurerm_monitor_data_collection_rule.this.id
}

resource "azurerm_management_lock" "this" {
  count = module.machine.settings.locked ? 1 : 0

  name       = "machine-stays"
  scope      = azurerm_linux_virtual_machine.this.id
  lock_level = "CanNotDelete"
  notes      = "Production: deprovision the machine by a request."

  # The last to come is the first to go: a lock holds what is on the machine too.
  depends_on = [
    azurerm_monitor_data_collection_rule_association.this,
    azurerm_virtual_machine_extension.this,
  ]
}

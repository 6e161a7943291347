// The bot on Azure: Container Apps, PostgreSQL Flexible Server, a user-assigned identity, and the bot registration.
//   az deployment group create -g <group> -f deploy/azure/main.bicep -p image=... postgresPassword=... secretKey=...
// The identity is the bot: no client secret exists. What it may do in Graph is granted afterwards (docs/admin.md).

@description('Region of everything but the bot registration, which is global.')
param location string = resourceGroup().location

@description('Container image with the tag, for example registry.example/videoberatung:1.0.0')
param image string

@description('Id of the app in the Teams app catalogue; empty at the first deployment.')
param catalogAppId string = ''

@description('Mailbox the confirmation mails are sent from.')
param mailSender string

@description('Operator profile inside the image.')
param profilePath string = 'profiles/stadtwerke.yaml'

@secure()
@minLength(20)
param postgresPassword string

@description('32 random bytes, base64: keys the digests of codes.')
@secure()
@minLength(44)
param secretKey string

@description('PEM with key and certificate for change notifications: the same for every replica.')
@secure()
param notificationKeyPem string

var name = 'videoberatung'
var unique = uniqueString(resourceGroup().id)
var databaseUser = 'videoberatung'
var databaseHost = '${name}-${unique}.postgres.database.azure.com'
var publicHost = '${name}.${appEnvironment.properties.defaultDomain}'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-bot'
  location: location
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: '${name}-net'
  location: location
  properties: {
    addressSpace: { addressPrefixes: ['10.20.0.0/16'] }
    subnets: [
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.0.0/23'
          delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.2.0/28'
          delegations: [{ name: 'database', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } }]
        }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: '${name}-${unique}.private.postgres.database.azure.com'
  location: 'global'
}

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: zone
  name: 'database'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: network.id }
  }
}

resource postgres 'Microsoft.DBforPostgreSQL/flexibleServers@2023-12-01-preview' = {
  name: '${name}-${unique}'
  location: location
  sku: { name: 'Standard_B1ms', tier: 'Burstable' }
  properties: {
    version: '16'
    administratorLogin: databaseUser
    administratorLoginPassword: postgresPassword
    storage: { storageSizeGB: 32 }
    backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' }
    network: {
      delegatedSubnetResourceId: network.properties.subnets[1].id
      privateDnsZoneArmResourceId: zone.id
    }
  }
  dependsOn: [zoneLink]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2023-12-01-preview' = {
  parent: postgres
  name: name
}

resource appEnvironment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: '${name}-env'
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
    vnetConfiguration: { infrastructureSubnetId: network.properties.subnets[0].id }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    managedEnvironmentId: appEnvironment.id
    configuration: {
      ingress: { external: true, targetPort: 8080, transport: 'http', allowInsecure: false }
      secrets: [
        { name: 'secret-key', value: secretKey }
        { name: 'notification-key', value: notificationKeyPem }
        {
          name: 'database-url'
          value: 'postgresql://${databaseUser}:${uriComponent(postgresPassword)}@${databaseHost}/${name}?sslmode=require'
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'bot'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: [
            { name: 'BOT_APP_ID', value: identity.properties.clientId }
            { name: 'BOT_TENANT_ID', value: identity.properties.tenantId }
            { name: 'BOT_CREDENTIAL', value: 'managed_identity' }
            { name: 'BOT_CATALOG_APP_ID', value: catalogAppId }
            { name: 'BOT_PUBLIC_URL', value: 'https://${publicHost}' }
            { name: 'BOT_MAIL_SENDER', value: mailSender }
            { name: 'BOT_PROFILE', value: profilePath }
            { name: 'BOT_NOTIFICATION_KEY_PATH', value: '/secrets/notification-key' }
            { name: 'BOT_SECRET_KEY', secretRef: 'secret-key' }
            { name: 'BOT_DATABASE_URL', secretRef: 'database-url' }
          ]
          volumeMounts: [{ volumeName: 'secrets', mountPath: '/secrets' }]
          probes: [
            { type: 'Liveness', httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 15 }
            { type: 'Readiness', httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 10 }
          ]
        }
      ]
      volumes: [
        {
          name: 'secrets'
          storageType: 'Secret'
          secrets: [{ secretRef: 'notification-key', path: 'notification-key' }]
        }
      ]
      scale: { minReplicas: 1, maxReplicas: 2 }
      terminationGracePeriodSeconds: 30
    }
  }
  dependsOn: [database]
}

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: '${name}-${unique}'
  location: 'global'
  kind: 'azurebot'
  sku: { name: 'F0' }
  properties: {
    displayName: 'Videoberatung'
    endpoint: 'https://${publicHost}/api/messages'
    msaAppId: identity.properties.clientId
    msaAppTenantId: identity.properties.tenantId
    msaAppType: 'UserAssignedMSI'
    msaAppMSIResourceId: identity.id
    disableLocalAuth: true
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: { isEnabled: true }
  }
}

output appId string = identity.properties.clientId
output publicUrl string = 'https://${publicHost}'
output objectId string = identity.properties.principalId

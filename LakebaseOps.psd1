@{
    RootModule           = 'module/LakebaseOps.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '6d1c4f0e-5a0f-4b6b-9a53-0c1a7a7be2b4'
    Author               = 'LakebaseOps contributors'
    CompanyName          = 'LakebaseOps'
    Copyright            = '(c) LakebaseOps contributors. MIT licence.'
    Description          = 'Loads, indexes, verifies, warms, serves and measures machine-learning feature tables on Databricks Lakebase and PostgreSQL 15 or later.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @(
        'module/formats/Caching.Format.ps1xml'
        'module/formats/Connections.Format.ps1xml'
        'module/formats/Dumps.Format.ps1xml'
        'module/formats/Indexing.Format.ps1xml'
        'module/formats/Latency.Format.ps1xml'
        'module/formats/Loading.Format.ps1xml'
        'module/formats/Reports.Format.ps1xml'
        'module/formats/Sandboxes.Format.ps1xml'
        'module/formats/Schemas.Format.ps1xml'
        'module/formats/Serving.Format.ps1xml'
        'module/formats/Synthesis.Format.ps1xml'
        'module/formats/Verification.Format.ps1xml'
        'module/formats/Workflows.Format.ps1xml'
    )
    TypesToProcess       = @('module/LakebaseOps.Types.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @(
        'Build-LakebaseIndex'
        'Clear-LakebaseCache'
        'Compare-LakebaseIndexStrategy'
        'Compare-LakebaseLatency'
        'Connect-Lakebase'
        'ConvertFrom-LakebaseDdl'
        'Copy-LakebaseDatabase'
        'Disconnect-Lakebase'
        'Export-LakebaseDump'
        'Export-LakebaseReport'
        'Export-LakebaseWorkload'
        'Get-LakebaseCacheState'
        'Get-LakebaseCheckpoint'
        'Get-LakebaseDump'
        'Get-LakebaseFeature'
        'Get-LakebaseHealth'
        'Get-LakebaseIndexAdvice'
        'Get-LakebaseSandbox'
        'Get-LakebaseSession'
        'Get-LakebaseTable'
        'Get-LakebaseWorkload'
        'Import-LakebaseDump'
        'Import-LakebaseRun'
        'Import-LakebaseWorkload'
        'Initialize-LakebaseCache'
        'Initialize-LakebaseSchema'
        'Install-LakebaseDynamoDbTable'
        'Install-LakebaseRpcFunction'
        'Install-LakebaseWideTable'
        'Invoke-LakebaseBulkLoad'
        'Invoke-LakebaseQuery'
        'Invoke-LakebaseWorkflow'
        'Measure-LakebaseFeatureLatency'
        'New-LakebaseSyntheticData'
        'Remove-LakebaseCheckpoint'
        'Remove-LakebasePreviousTable'
        'Start-LakebaseSandbox'
        'Stop-LakebaseSandbox'
        'Test-LakebaseConnection'
        'Test-LakebaseDump'
        'Test-LakebaseTable'
        'Test-LakebaseWorkflow'
        'Undo-LakebaseBulkLoad'
    )
    PrivateData          = @{
        PSData = @{
            Tags       = @('PostgreSQL', 'Lakebase', 'Databricks', 'FeatureStore', 'BulkLoad', 'Latency')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
